"""A Telegram bot that what a run learnt speaks through: everything it must not lose is kept before it is acted on."""
