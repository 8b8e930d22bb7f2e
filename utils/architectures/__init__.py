"""Published models, counted from the file that describes them: their config.json."""
