/*
 * names: Graph's enumerations, as tables between text and number.
 */
#ifndef GRAPHSIM_NAMES_H
#define GRAPHSIM_NAMES_H

/* Lists of names, the index is the value; NULL ends each. */
extern const char *const names_importance[];
extern const char *const names_sensitivity[];
extern const char *const names_show_as[];
extern const char *const names_response[];
extern const char *const names_attendee[];
extern const char *const names_provider[];
extern const char *const names_type[];
extern const char *const names_place[];
extern const char *const names_unique[];
extern const char *const names_pattern[];
extern const char *const names_range[];
extern const char *const names_index[];
extern const char *const names_weekday[];

/* The index of a text in any case; -1 if it is none of the names. */
int names_find(const char *const *names, const char *text);

#endif
