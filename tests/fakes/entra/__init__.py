"""Microsoft Entra ID and Microsoft Graph v1.0, as far as the adapter goes.

Shapes, error codes and rules are those of Microsoft's documentation and of Graph's public metadata: what is selected and
what comes by default, pages with `@odata.nextLink`, batches, `ConsistencyLevel` for advanced queries, 429 with
`Retry-After`, 202 with a `Location` for a long-running operation, and permissions checked from the token."""
