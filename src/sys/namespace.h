/* sys/namespace.h — a network of this process's own: nothing but a loopback, with any addresses.
 *
 * An ordinary user gets one where the system allows user namespaces.  Before the first thread.
 * Owns    nothing: the network goes with its last process
 * Faults  SYSTEM with errno: the system does not allow it
 * Thread  the process's only one */
#ifndef SYS_NAMESPACE_H
#define SYS_NAMESPACE_H

#include "base/fault.h"
#include "net/address.h"

MUST_USE struct fault namespace_enter(void);

/* One more address of the loopback.  That it is there already is no fault. */
MUST_USE struct fault namespace_address_add(const struct address *address);

#endif
