"""The evaluation of a model whose samples may have several classes."""
