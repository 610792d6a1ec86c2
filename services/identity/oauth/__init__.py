"""The door of OAuth 2: `/oauth/token` and what tells of it. It calls use cases."""
