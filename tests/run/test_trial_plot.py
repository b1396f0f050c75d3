import random

import pytest
from matplotlib.figure import Figure

from doppel.run.trial_plot import draw_trials
from doppel.run.trials import Trial


@pytest.fixture
def figure(monkeypatch):
    """What was drawn: `panels()` after the picture is saved."""
    saved = []
    monkeypatch.setattr(Figure, "savefig", lambda self, file: saved.append(self))
    return lambda: saved[0]


def draw(tmp_path, objectives, values, direction="minimize"):
    trials = [
        Trial(number, [], "failed" if value is None else "finished", value, None, 1.0, str(number))
        for number, value in enumerate(objectives)
    ]
    finished = [trial for trial in trials if trial.objective is not None]
    best = min(finished, key=lambda trial: trial.objective, default=None)
    draw_trials(tmp_path / "p.png", trials, values, metric="loss", direction=direction, best=best)


def points(panel, label):
    return next(drawn for drawn in panel.collections if drawn.get_label() == label).get_offsets().tolist()


def test_each_panel_shows_every_trial_once(tmp_path, figure):
    draw(tmp_path, [3.0, None, 1.0, 2.0], {"rank": ["4", "8", "16", "4"], "model": ["a", "b", "a", "b"]})
    order, rank, _ = figure().axes
    assert points(order, "finished") == [[0, 3.0], [3, 2.0]]
    assert points(order, "best") == [[2, 1.0]]
    assert points(order, "no objective") == [[1, 0.05]]
    assert points(rank, "finished") == [[4, 3.0], [4, 2.0]]
    assert points(rank, "best") == [[16, 1.0]]
    assert order.lines[0].get_xydata().tolist() == [[0, 3.0], [2, 1.0], [3, 1.0], [3, 1.0]]


@pytest.mark.parametrize(
    ("values", "scale"), [(["1e-5", "1e-3"], "log"), (["1", "10"], "linear"), (["-1", "99"], "linear")]
)
def test_values_over_more_than_a_decade_get_a_log_axis(tmp_path, figure, values, scale):
    draw(tmp_path, [1.0, 2.0], {"lr": values})
    assert figure().axes[1].get_xscale() == scale


def test_an_objective_over_more_than_a_decade_gets_a_log_axis(tmp_path, figure):
    draw(tmp_path, [1.0, 20.0], {})
    assert figure().axes[0].get_yscale() == "log"


def test_trials_without_the_key_are_counted_below_its_panel(tmp_path, figure):
    draw(tmp_path, [1.0, 2.0, 3.0], {"adapter.rank": ["4", None, None]})
    assert figure().axes[1].get_xlabel() == "adapter.rank\n(not set in 2 trials)"


def test_without_a_finished_trial_the_picture_says_so(tmp_path, figure):
    draw(tmp_path, [None, None], {"a": ["1", "2"]})
    assert [text.get_text() for text in figure().axes[0].texts] == ["no trial finished"]
    assert figure().get_suptitle() == "loss (lower is better), no trial finished"


def test_long_names_are_cut_and_still_told_apart(tmp_path, figure):
    names = [f"/data/folder/of/a/long/name/model_number_{place}_with_weights" for place in range(3)]
    draw(tmp_path, [1.0, 2.0, 3.0], {"model.path": names})
    labels = [label.get_text() for label in figure().axes[1].get_xticklabels()]
    assert labels == ["1: model_n...weights", "2: model_n...weights", "3: model_n...weights"]


def test_no_label_leaves_the_picture_or_touches_another_panel(tmp_path, figure):
    generator = random.Random(0)
    keys = {
        "training.optimizer.param_groups.default.weight_decay.of_a_long_name": lambda: repr(generator.random()),
        "optimizer.lr": lambda: repr(10 ** generator.uniform(-6, -1)),
        "model": lambda: f"a_model_of_a_long_name_{generator.randint(0, 9)}",
        "batches.batch_size": lambda: generator.choice(["1", "2", "4", "8", "16"]),
        "samples.learn": lambda: generator.choice(["$persona", "everyone"]),
        "sessions.max_gap_minutes": lambda: str(generator.randint(1, 900)),
    }
    values = {key: [draw_one() for _ in range(200)] for key, draw_one in keys.items()}
    draw(tmp_path, [generator.choice([None, generator.random()]) for _ in range(200)], values)
    figure().draw_without_rendering()
    boxes = [panel.get_tightbbox() for panel in figure().axes]
    width, height = figure().bbox.width, figure().bbox.height
    assert len(boxes) == 7
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
    assert not any(a.overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])


def test_the_picture_is_a_file_of_its_size(tmp_path):
    draw(tmp_path, [1.0, None], {"a": ["$x", "\u6f22"]})
    from PIL import Image

    with Image.open(tmp_path / "p.png") as picture:
        assert picture.size == (1056, 516)
