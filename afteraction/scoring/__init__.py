"""Features, fusion, calibration: findings and behaviour in, one risk per action out."""
