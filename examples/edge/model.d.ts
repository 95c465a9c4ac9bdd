/** The bundler inserts the file's bytes here (esbuild: the loader "binary"; wrangler: a rule of type "Data"). */
declare module '*.safetensors' {
  const bytes: Uint8Array | ArrayBuffer;
  export default bytes;
}
