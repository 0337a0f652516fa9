"""The civility index (公共文明指数): what was published, and figures of other indexes."""
