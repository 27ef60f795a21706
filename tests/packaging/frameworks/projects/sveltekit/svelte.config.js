// Only a server can have it here: `vite preview` renders without an adapter.
export default { kit: { adapter: { name: "none", adapt() {} } } };
