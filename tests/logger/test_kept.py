from doppel.logger.kept import KeptLogger


def test_keeps_what_is_logged() -> None:
    logger = KeptLogger()
    logger.log_metrics({"train/loss": 2.5}, step=3)
    logger.log_metrics({"train/loss": 2.0})
    assert logger.rows == [{"step": 3, "train/loss": 2.5}, {"step": 0, "train/loss": 2.0}]
    assert (logger.name, logger.version, logger.log_hyperparams({})) == (None, None, None)
