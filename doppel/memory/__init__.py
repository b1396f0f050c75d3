"""What is remembered: what talks leave behind, in one SQLite file of its owner's, and what a run tells its model anew.

That is facts about the persona, notes on who is talking, and what the persona has said before.
"""
