import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, LlamaConfig, LlamaForCausalLM

from doppel.adapter.merging import merged, require_no_tokens
from doppel.errors import ModelError
from doppel.model.name_tokens import make_rows
from tests.adapter.kinds import KINDS, applied, logits_of, train

PIECES = {259: [68, 113, 100], 260: [211, 160]}  # what the names of two new tokens were written with
IDS = torch.tensor([[1, 259, 9, 260, 7, 259]])
NEW = len(PIECES)
STOCK = {"causal": AutoModelForCausalLM, "seq2seq": AutoModelForSeq2SeqLM}
EACH = pytest.mark.parametrize(
    ("architecture", "has_own_head"), [("causal", True), ("causal", False), ("seq2seq", True), ("seq2seq", False)]
)
CAN = pytest.mark.parametrize("kind", ["lora", "dora"])
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")


def tied_llama():
    torch.manual_seed(5)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    special = {"bos_token_id": None, "eos_token_id": 2, "pad_token_id": 0}
    return LlamaForCausalLM(LlamaConfig(vocab_size=259, **sizes, **special, tie_word_embeddings=True))


@pytest.fixture
def base(load):
    """A base with rows for the new tokens, with a head of its own or without."""

    def fresh(architecture, has_own_head):
        if architecture == "causal":
            model = load("causal").model if has_own_head else tied_llama()
        else:
            model = load("seq2seq").model
            if has_own_head:
                generator = torch.Generator().manual_seed(3)
                model.lm_head.weight = torch.nn.Parameter(torch.randn(259, 32, generator=generator) / 50)
                model.config.tie_word_embeddings = False
        make_rows(model, PIECES)
        return model.eval()

    return fresh


@EACH
@CAN
def test_new_rows_are_trained_saved_and_loaded_and_the_others_stay(base, tmp_path, kind, architecture, has_own_head):
    plain = base(architecture, has_own_head)
    tables = [plain.get_input_embeddings().weight, plain.get_output_embeddings().weight]
    rows = [table.detach().clone() for table in tables]
    with torch.no_grad():
        before = logits_of(plain, IDS)
    adapter, model = applied(kind, plain, architecture, tuple(PIECES))
    with torch.no_grad():
        assert torch.equal(logits_of(model.eval(), IDS), before)
    trained = [
        weights for name, weights in model.named_parameters() if "token_adapter" in name and weights.requires_grad
    ]
    assert [tuple(weights.shape) for weights in trained] == [(NEW, 32)] * (2 if has_own_head else 1)
    losses = train(model, IDS)
    assert losses[-1] < losses[0]
    assert all(torch.equal(table, row) for table, row in zip(tables, rows, strict=True))  # the base's own
    adapter.save(model, tmp_path / "adapter", {n: w.detach() for n, w in model.named_parameters() if w.requires_grad})
    with torch.no_grad():
        expected = logits_of(model, IDS)
        assert torch.equal(
            logits_of(adapter.load(base(architecture, has_own_head), tmp_path / "adapter"), IDS), expected
        )
        stock = PeftModel.from_pretrained(base(architecture, has_own_head), tmp_path / "adapter").eval()
        assert torch.equal(logits_of(stock, IDS), expected)
        one = merged(base(architecture, has_own_head), tmp_path / "adapter")
        one.save_pretrained(tmp_path / "merged")
        again = STOCK[architecture].from_pretrained(tmp_path / "merged")
        torch.testing.assert_close(logits_of(again, IDS), expected, rtol=0, atol=2e-5)
        for table, row in zip([again.get_input_embeddings(), again.get_output_embeddings()], rows, strict=True):
            assert torch.equal(table.weight[:-NEW], row[:-NEW])
            assert not torch.equal(table.weight[-NEW:], row[-NEW:])


def test_a_shared_embedding_has_one_row_for_encoder_and_decoder(base):
    _, model = applied("lora", base("seq2seq", has_own_head=True), "seq2seq", tuple(PIECES))
    inner = model.get_base_model()
    rows = [
        stack.embed_tokens.token_adapter.trainable_tokens_delta["default"] for stack in (inner.encoder, inner.decoder)
    ]
    assert rows[0] is rows[1]


def test_rows_are_trained_in_32_bits_over_a_16_bit_base(load):
    loaded = load("causal", "bfloat16")
    make_rows(loaded.model, PIECES)
    _, model = applied("lora", loaded.model, "causal", tuple(PIECES))
    assert {
        weights.dtype for name, weights in model.named_parameters() if "token_adapter" in name and "delta" in name
    } == {torch.float32}


def test_full_trains_all_rows(base, tmp_path):
    adapter, model = applied("full", base("causal", has_own_head=False), "causal", tuple(PIECES))
    train(model, IDS)
    adapter.save(model, tmp_path)
    with torch.no_grad():
        again = KINDS["full"]().load(base("causal", has_own_head=False), tmp_path)
        assert torch.equal(logits_of(again, IDS), logits_of(model, IDS))


def test_an_adapter_with_tokens_of_its_own_is_not_merged_unasked(base, tmp_path):
    adapter, model = applied("lora", base("causal", has_own_head=True), "causal", tuple(PIECES))
    adapter.save(model, tmp_path)
    with pytest.raises(
        ModelError, match=r"has tokens of its own, which this run's tokenizer has not: .* `doppel merge`"
    ):
        require_no_tokens(tmp_path)
