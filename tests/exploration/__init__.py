"""Every interleaving of a few runs that want one request, within bounds, with the real code of the claims."""
