"""Whole journeys and tools over real servers, which the tests start themselves."""
