//! What a build without std needs: an allocator, an end for what must not happen, and statics of a single thread.

use core::ops::Deref;

use crate::allocator::{Allocator, PAGE, Source};

#[global_allocator]
static ALLOCATOR: Allocator<Memory> = Allocator::new();

/// The wasm's.
struct Memory;

impl Source for Memory {
    fn grow(pages: usize) -> Option<usize> {
        match core::arch::wasm32::memory_grow(0, pages) {
            usize::MAX => None,
            before => Some(before << PAGE),
        }
    }
}

/// The core never panics; should it all the same, the instance traps and the page goes on without it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// A static that needs no lock, there being one thread.
pub(crate) struct Alone<T>(T);

impl<T> Alone<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
}

#[expect(unsafe_code, reason = "the wasm has one thread, as its memory isn't shared")]
#[cfg(not(target_feature = "atomics"))]
// SAFETY: without the feature `atomics` no other thread can exist.
unsafe impl<T> Sync for Alone<T> {}

impl<T> Deref for Alone<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
