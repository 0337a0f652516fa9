"""Zones around schools (校园周边): premises inside, outside, or too close to say."""
