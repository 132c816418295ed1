namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Texts of command results as pages and API print them.</summary>
internal static class CommandTexts
{
    public static string Of(CommandResult result) => result switch
    {
        CommandResult.Ok => "OK",
        CommandResult.UnknownCommand => "Unknown command",
        CommandResult.NotEnoughArguments => "Not enough arguments",
        CommandResult.EmptyString => "Empty string",
        CommandResult.BadArgument => "Bad argument",
        _ => "Error",
    };
}
