/*
 * assertion: the signed JWT by which an app proves who it is.
 */
#ifndef GRAPHSIM_ASSERTION_H
#define GRAPHSIM_ASSERTION_H

#include "world.h"

/*
 * Check signature (RS256, PS256) against the app's certificate, and claims.
 * NULL if all is well; else what is wrong, as a constant.  A jti is noted and
 * not taken twice.
 */
const char *assertion_check(
    const char *jwt, struct app *app, const char *audience);

#endif
