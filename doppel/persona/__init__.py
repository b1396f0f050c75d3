"""Who is learnt."""
