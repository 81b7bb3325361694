/** Errors. @module */
export {
  ChannelError,
  InvocationError,
  type InvocationErrorInit,
  isErrorBody,
  RegistrationError,
  RegistrationRejectedError,
} from '../errors.ts'
