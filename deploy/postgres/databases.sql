-- Four databases and four roles, each barred from the other three's.
-- PostgreSQL's image runs this once, with psql, when its volume is empty.

\getenv intake_password INTAKE_DATABASE_PASSWORD
\getenv measures_password MEASURES_DATABASE_PASSWORD
\getenv stories_password STORIES_DATABASE_PASSWORD
\getenv aggregation_password AGGREGATION_DATABASE_PASSWORD

create role intake login password :'intake_password';
create role measures login password :'measures_password';
create role stories login password :'stories_password';
create role aggregation login password :'aggregation_password';

create database intake owner intake;
create database measures owner measures;
create database stories owner stories;
create database aggregation owner aggregation;

-- Without this every role may connect to every database.
revoke all on database
    intake, measures, stories, aggregation, postgres, template1
    from public;
