"""Programs run on arrays, forwards and backwards."""
