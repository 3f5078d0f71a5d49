"""Parts of networks that several models use; they import torch, so models import them inside `build`."""
