int haneul_kernels_version(void);
