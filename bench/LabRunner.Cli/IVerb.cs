using System.CommandLine;

namespace LabRunner.Cli;

/// <summary>A verb of the command line: one class in one file of Commands, found by reflection.</summary>
internal interface IVerb
{
    /// <summary>The command with its options and its action.</summary>
    Command Build();
}
