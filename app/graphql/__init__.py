"""GraphQL over HTTP and WebSocket: Strawberry's view and schema class over our own schema."""
