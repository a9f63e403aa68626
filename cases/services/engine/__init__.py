"""The engine: the only code that opens and closes cases, and what every act of a room stands on."""
