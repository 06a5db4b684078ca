"""Understanding of one message: language, embedding, entities, intent."""
