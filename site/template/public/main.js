export default {
  // Only blocks that name their language are colored: drawings and commands name none, and a guess colors words in them.
  configureHljs: hljs => hljs.configure({ languages: [] }),
}
