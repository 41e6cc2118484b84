/*
 * control: /__sim/..., by which tests steer the world.  See README.md.
 */
#ifndef GRAPHSIM_CONTROL_H
#define GRAPHSIM_CONTROL_H

#include "http.h"

struct reply *control_serve(struct request *r);

/* Read a world file at start; false: a message went to stderr. */
bool control_load_file(const char *path);

#endif
