//! What a build without std needs: an allocator and an end for what must not happen.

use lol_alloc::{FreeListAllocator, LockedAllocator};

/// Measured against talc, dlmalloc and no allocator at all; see ARCHITECTURE.md, "Weight". Its lock, 35 bytes, spares us `unsafe`.
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());

/// The core never panics; should it all the same, the instance traps and the page goes on without it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
