"""How a picture's bytes become pixels."""
