"""What talking leaves behind: conversations, notes on people and feedback, in one SQLite file of its owner's."""
