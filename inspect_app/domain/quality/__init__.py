"""Quality of measurement (测评质量): agreement, severity, haste."""
