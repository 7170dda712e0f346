#include "CKernels.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// A low priority alone is not enough: a thread that is woken waits until the one at work has used up its slice, of whatever
// priority that is (Linux 6.6 and later), and a slice is about 3 ms. So these threads ask for the shortest slice there
// is; older kernels, which take the processor away at once, ignore it. SCHED_IDLE would do the same but can starve.

enum { NICE = 10 };

struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t slice, deadline, period;
};

void haneul_step_back(void) {
    const struct scheduling wanted = {.size = sizeof wanted, .policy = 0 /* SCHED_OTHER */, .nice = NICE, .slice = 100 * 1000};
    if (syscall(SYS_sched_setattr, 0, &wanted, 0) != 0) setpriority(PRIO_PROCESS, 0, NICE);
}
#else
void haneul_step_back(void) {}
#endif
