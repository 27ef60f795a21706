//! The memory of the npm package's core: a list of free blocks in the order of their addresses, joined where they touch.
//! Not here: whose it is (runtime.rs). The crates that there are were measured: talc, dlmalloc and lol_alloc are larger.
#![expect(unsafe_code, reason = "an allocator deals in bare memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ptr::{null_mut, with_exposed_provenance_mut};

/// Blocks begin at its multiples and are as long as some of them: what a free one says of itself fits in, and no primitive
/// type must be aligned to more.
const GRAIN: usize = 16;

/// Bits of the bytes by which WebAssembly's memory grows.
pub(crate) const PAGE: u32 = 16;

/// What a free block says of itself, at its beginning.
struct Block {
    size: usize,
    /// The next higher free one.
    next: *mut Block,
}

/// Where memory comes from.
pub(crate) trait Source {
    /// So many pages more, behind those it gave before; where they begin, or that there are none left.
    fn grow(pages: usize) -> Option<usize>;
}

/// For one thread.
pub(crate) struct Allocator<S> {
    /// Of no size, before all others.
    first: UnsafeCell<Block>,
    source: PhantomData<S>,
}

// SAFETY: without the feature `atomics` the wasm has one thread.
#[cfg(not(target_feature = "atomics"))]
unsafe impl<S> Sync for Allocator<S> {}

impl<S: Source> Allocator<S> {
    pub(crate) const fn new() -> Self {
        Self { first: UnsafeCell::new(Block { size: 0, next: null_mut() }), source: PhantomData }
    }
}

// SAFETY: a block that is given out isn't in the list, blocks in it don't overlap, and all are memory that `grow` gave.
unsafe impl<S: Source> GlobalAlloc for Allocator<S> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        debug_assert!(layout.align() <= GRAIN);
        let size = whole(layout);
        let mut before = self.first.get();
        loop {
            // SAFETY: it is the first one, or one that is free.
            let block = unsafe { (*before).next };
            if block.is_null() {
                let pages = (size + (1 << PAGE) - 1) >> PAGE;
                let Some(at) = S::grow(pages) else { return null_mut() };
                // SAFETY: nobody else knows these pages.
                unsafe { self.free(with_exposed_provenance_mut(at), pages << PAGE) };
                before = self.first.get();
                continue;
            }
            // SAFETY: it is free, and what is given out of it is at its end, so that the rest stays where it is.
            unsafe {
                if (*block).size >= size {
                    let rest = (*block).size - size;
                    (*block).size = rest;
                    if rest == 0 {
                        (*before).next = (*block).next;
                    }
                    return block.byte_add(rest).cast();
                }
            }
            before = block;
        }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `alloc` gave it, with this layout.
        unsafe { self.free(at.cast(), whole(layout)) };
    }
}

impl<S> Allocator<S> {
    /// # Safety
    /// So many bytes there are nobody's, and not in the list.
    unsafe fn free(&self, block: *mut Block, size: usize) {
        let mut before = self.first.get();
        // SAFETY: all that is looked at is the first one or a free one, or becomes one here.
        unsafe {
            let mut after = (*before).next;
            while !after.is_null() && after < block {
                before = after;
                after = (*before).next;
            }
            *block = Block { size, next: after };
            (*before).next = block;
            join(block);
            join(before);
        }
    }
}

/// Takes in the next block where it begins at this one's end.
///
/// # Safety
/// The block is in the list, and no memory of others is between it and its end.
unsafe fn join(block: *mut Block) {
    // SAFETY: the next one is free, too, unless it is null, where no block ends.
    unsafe {
        let next = (*block).next;
        if block.byte_add((*block).size) == next {
            (*block).size += (*next).size;
            (*block).next = (*next).next;
        }
    }
}

fn whole(layout: Layout) -> usize {
    // No layout is so long that this is more than there can be.
    (layout.size() + GRAIN - 1) & !(GRAIN - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::cell::Cell;

    /// Pages there are for a test.
    const PAGES: usize = 64;

    thread_local! {
        static MEMORY: (usize, Cell<usize>) = {
            let memory = vec![0_u128; (PAGES << PAGE) / size_of::<u128>()].leak();
            (memory.as_mut_ptr().expose_provenance(), Cell::new(0))
        };
    }

    struct Pages;

    impl Source for Pages {
        fn grow(pages: usize) -> Option<usize> {
            MEMORY.with(|(at, used)| {
                let before = used.get();
                (before + pages <= PAGES).then(|| used.set(before + pages)).map(|()| at + (before << PAGE))
            })
        }
    }

    fn used() -> usize {
        MEMORY.with(|(_, used)| used.get())
    }

    /// Where free blocks begin and end.
    fn free(allocator: &Allocator<Pages>) -> Vec<(usize, usize)> {
        let mut free = Vec::new();
        let mut block = unsafe { (*allocator.first.get()).next };
        while !block.is_null() {
            unsafe {
                free.push((block.addr(), block.addr() + (*block).size));
                block = (*block).next;
            }
        }
        free
    }

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, GRAIN).unwrap()
    }

    #[test]
    fn what_is_given_out_is_nobody_elses_and_comes_back_as_one() {
        let allocator = Allocator::<Pages>::new();
        let mut held: Vec<(*mut u8, usize, u8)> = Vec::new();
        let mut random = 1_u32;
        let mut next = |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize % below
        };
        for step in 0..50_000 {
            if next(100) < 50 && held.len() < 500 {
                let size = if next(50) == 0 { 1 + next(70_000) } else { 1 + next(300) };
                let at = unsafe { allocator.alloc(layout(size)) };
                assert!(!at.is_null() && at.addr() % GRAIN == 0);
                unsafe { at.write_bytes(step as u8, size) };
                held.push((at, size, step as u8));
            } else if !held.is_empty() {
                let (at, size, fill) = held.swap_remove(next(held.len()));
                assert!((0..size).all(|byte| unsafe { *at.add(byte) } == fill));
                unsafe { allocator.dealloc(at, layout(size)) };
            }
        }
        let between = free(&allocator);
        assert!(between.len() > 1 && between.is_sorted_by(|one, other| one.1 < other.0), "{between:x?}");
        assert!(used() < PAGES / 2, "{} pages for {} bytes", used(), held.iter().map(|held| held.1).sum::<usize>());
        for (at, size, _) in held {
            unsafe { allocator.dealloc(at, layout(size)) };
        }
        let all = free(&allocator);
        assert_eq!(all.iter().map(|(begin, end)| end - begin).collect::<Vec<_>>(), [used() << PAGE]);
    }

    #[test]
    fn what_came_back_is_given_out_again_before_more_is_asked_for() {
        let allocator = Allocator::<Pages>::new();
        for size in [1, 16, 17, 1000, 1 << PAGE] {
            let before = used();
            let first = unsafe { allocator.alloc(layout(size)) };
            for _ in 0..1000 {
                unsafe { allocator.dealloc(first, layout(size)) };
                assert_eq!(unsafe { allocator.alloc(layout(size)) }, first);
            }
            assert!(used() - before <= 2);
        }
    }

    #[test]
    fn where_there_is_no_more_nothing_is_given_out_and_the_rest_still_serves() {
        let allocator = Allocator::<Pages>::new();
        assert!(unsafe { allocator.alloc(layout((PAGES << PAGE) + 1)) }.is_null());
        let all = unsafe { allocator.alloc(layout(PAGES << PAGE)) };
        assert!(!all.is_null());
        assert!(unsafe { allocator.alloc(layout(1)) }.is_null());
        unsafe { allocator.dealloc(all, layout(PAGES << PAGE)) };
        assert_eq!(unsafe { allocator.alloc(layout(PAGES << PAGE)) }, all);
    }
}
