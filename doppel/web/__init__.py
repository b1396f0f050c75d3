"""The page in the browser: a conversation that can be judged."""
