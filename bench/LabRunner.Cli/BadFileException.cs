namespace LabRunner.Cli;

/// <summary>A file that a person wrote for a verb is wrong, and is none of the bench's own kinds; the message names place and remedy.</summary>
public sealed class BadFileException(string message, Exception cause) : Exception(message, cause);
