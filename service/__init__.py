"""Ondap: a FAQ in one file, answered in the team's own words."""
