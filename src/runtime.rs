//! What a build without std needs: an allocator and an end for what must not happen.

/// Measured against lol_alloc, dlmalloc and no allocator at all; see ARCHITECTURE.md, "Weight".
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The core never panics; should it all the same, the instance traps and the page goes on without it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
