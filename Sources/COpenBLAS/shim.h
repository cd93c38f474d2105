// OpenBLAS: CBLAS plus the few LAPACK routines used, declared here because Debian's package
// ships them in the library without a header (LP64, everything by pointer, column major).
#ifndef MUNINN_COPENBLAS_H
#define MUNINN_COPENBLAS_H
#include <cblas.h>

// Eigenvalues and eigenvectors of a real symmetric matrix, divide and conquer.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);

// Singular values, and vectors where they are asked for, of a general matrix.
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
             double *work, const int *lwork, int *info);
#endif
