/** The version of this package; a test holds it against package.json. */
export declare const VERSION = "0.1.0";
