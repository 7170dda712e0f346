#include "CKernels.h"
int haneul_kernels_version(void) { return 1; }
