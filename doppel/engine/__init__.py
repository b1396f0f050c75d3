"""From a trained model to a reply, and the places where replies are read."""
