/** The bundler puts the tests that a page is to run in the place of this file. */
export {}
