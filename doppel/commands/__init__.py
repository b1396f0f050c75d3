"""The verbs: each puts the stages together, in the order of the line."""
