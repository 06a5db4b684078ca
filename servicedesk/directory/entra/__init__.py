"""Microsoft Entra ID through Microsoft Graph v1.0. What it needs and cannot do: docs/directory-entra.md."""
