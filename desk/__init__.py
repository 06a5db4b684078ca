"""L1's web application, and the pages that employees open: password reset, articles, the demo's phone."""
