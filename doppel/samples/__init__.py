"""Who is learnt from what."""
