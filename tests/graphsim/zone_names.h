/*
 * zone_names: the table of time zone names, as data.
 */
#ifndef GRAPHSIM_ZONE_NAMES_H
#define GRAPHSIM_ZONE_NAMES_H

struct zone_name {
	const char *windows; /* NULL ends the table */
	const char *iana;    /* the zone whose rules hold */
	const char *others;  /* further IANA names, separated by spaces */
};

extern const struct zone_name zone_names[];

#endif
