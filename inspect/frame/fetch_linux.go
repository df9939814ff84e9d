package frame

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fetch asks for the pages of a large new buffer at once, since to run into them one by one takes
// as long as to fill them. It is a wish: an older kernel (before 5.14) refuses, and no harm is done.
func fetch(b []byte) {
	size := uintptr(os.Getpagesize())
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % size
	if n := uintptr(len(b)); n > skip+size {
		unix.Madvise(b[skip:n-(n-skip)%size], unix.MADV_POPULATE_WRITE)
	}
}
