"""Jobs go on whatever dies: real processes, real servers, faults at random moments."""
