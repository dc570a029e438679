"""Jobs go on whatever fails: real processes, real servers, faults at random moments."""
