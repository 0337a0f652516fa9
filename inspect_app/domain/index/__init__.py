"""The civility index (公共文明指数): computed, published, frozen."""
