"""What is learnt and what is held out, so that nothing of what is held out can be known from what is learnt."""
